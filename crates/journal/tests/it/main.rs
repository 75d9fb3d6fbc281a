//! What journals promise, tried through their public doors.

mod contract;
mod crashes;
mod damage;
mod directory;
mod failures;
mod fixture;
mod format;
mod golden;
mod history;
mod keep;
mod reading;
mod torn;
mod verify;
