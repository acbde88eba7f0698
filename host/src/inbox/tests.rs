//! Every page, with what its template may be given.
