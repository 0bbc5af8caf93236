//! The local chat service.
