//! keyword-assistant
