//! The store's story, told against PostgreSQL: the same as `store_story.rs`, which looks what it is run as.

#[path = "store_story.rs"]
mod store_story;
