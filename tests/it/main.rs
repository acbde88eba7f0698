//! One binary that drives the real hub from outside.

mod boundaries;
