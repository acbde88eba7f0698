//! echo-channel
