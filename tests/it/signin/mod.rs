//! The pages for people: signing in, being held back, staying signed in.

mod changed_password;
mod csrf;
mod language;
mod lockout;
mod mailed_code;
mod new_browser;
mod pages;
mod passwords;
mod policy;
pub mod second_factor;
mod session;
mod storm;
mod throttle;
