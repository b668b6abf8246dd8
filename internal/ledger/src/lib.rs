//! Finds out whether anything is lost or done twice: a seeded workload that keeps books of what it attempted and what was
//! accepted, faults under it, and checks of those books against what is stored in the end.
