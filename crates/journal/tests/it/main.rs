//! What journals promise, tried through their public doors.

mod adoption;
mod backup;
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
mod restore;
mod takeover;
mod torn;
mod verify;
