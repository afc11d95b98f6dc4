//! Commands that are killed, whose writes fail, and whose machine loses its power: the old or the new state, nothing that was
//! acknowledged is lost, and the next command needs no repair.

mod disk_model;
mod killed;
mod left_locks;
mod power_loss;
mod scene;
mod strike;
mod tally;
mod tracer;
mod write_points;
