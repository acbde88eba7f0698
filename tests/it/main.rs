//! One binary that drives the real hub from outside.

mod api;
mod assist;
mod backup;
mod boundaries;
mod breaker;
mod chat;
mod corpus;
mod courier;
mod crash;
mod disk;
mod doctor;
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
mod service;
mod stream;
mod vendors;
