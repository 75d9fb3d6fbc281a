//! What journals promise, tried through their public doors.

mod adoption;
mod contract;
mod crashes;
mod damage;
mod directory;
mod failures;
mod fixture;
mod format;
mod history;
mod takeover;
