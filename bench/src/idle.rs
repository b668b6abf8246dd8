//! Idle: how soon the all-in-one is ready, on an empty data folder and embedded, and what it needs when nobody asks it
//! anything. axum hello, idle as well, is what a process of this kind needs at least.

use std::time::Duration;

use crate::baseline;
use crate::figures::{aim, median};
use crate::mesh::Mesh;

const STARTS: usize = 5;
const SETTLE: Duration = Duration::from_secs(10);
const WATCH: Duration = Duration::from_secs(30);

pub(crate) async fn run() -> anyhow::Result<()> {
    println!("\nidle all-in-one, embedded");
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let mesh = Mesh::all_in_one(&[]).await?;
        starts.push(mesh.ready_after.as_secs_f64() * 1e3);
        mesh.process.stop().await?;
    }
    let hello = baseline::start().await?;
    let mesh = Mesh::all_in_one(&[]).await?;
    tokio::time::sleep(SETTLE).await;
    let before = mesh.process.cpu()?;
    tokio::time::sleep(WATCH).await;
    let share = (mesh.process.cpu()? - before).as_secs_f64() / WATCH.as_secs_f64() * 100.0;
    let (resident, bare) = (mesh.process.resident_megabytes()?, hello.process.resident_megabytes()?);
    let peak = mesh.process.peak_megabytes()?;
    println!("resident {resident:.1} MB (peak {peak:.1}), axum hello {bare:.1} MB: {:.1} x", resident / bare);
    aim("resident", "at most 60 MB", &format!("{resident:.1} MB"), resident <= 60.0);
    aim("CPU over 30 s", "below 1 %", &format!("{share:.2} %"), share < 1.0);
    let ready = median(starts);
    aim("start to ready, first start", "at most 500 ms", &format!("{ready:.0} ms"), ready <= 500.0);
    Ok(())
}
