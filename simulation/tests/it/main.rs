//! The short form of the simulation, and whether it can fail.

mod planted;
mod seeds;
