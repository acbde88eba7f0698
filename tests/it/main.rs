//! One binary that drives the real hub from outside.

mod api;
mod assist;
mod boundaries;
mod chat;
mod corpus;
mod fuzz;
mod hostile;
mod install;
mod misdeeds;
mod parked;
mod people;
mod privacy;
mod proof;
mod refuse;
mod restart;
mod schedule;
mod sending;
mod stream;
mod vendors;
