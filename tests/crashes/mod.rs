//! Commands that are killed, whose writes fail, and whose machine loses its power: the old or the new state, nothing that was
//! acknowledged is lost, and the next command needs no repair.

mod disk_model;
mod faults_at;
mod killed;
mod power_loss;
mod scene;
mod tracer;
mod write_points;
