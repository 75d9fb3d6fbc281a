//! What journals promise, tried through their public doors.

mod adoption;
mod contract;
mod crashes;
mod damage;
mod directory;
mod failures;
mod files;
mod fixture;
mod format;
mod golden;
mod history;
mod keep;
mod reading;
mod replay;
mod takeover;
mod torn;
mod verify;
