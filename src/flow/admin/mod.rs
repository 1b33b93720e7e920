//! Administration: what the command line asks for.

pub mod declared;
