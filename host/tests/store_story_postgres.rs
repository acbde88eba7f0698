//! The store's story, told against PostgreSQL: the same as `store_story.rs`, which looks what it is run as, and what
//! only several processes on one database can show.

#[path = "store_story/several.rs"]
mod several;
#[path = "store_story.rs"]
mod store_story;
