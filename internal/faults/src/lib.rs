//! Engines, connections and processes that one may break: private nodes of RabbitMQ, PostgreSQL, Redis and MongoDB's
//! stand-in, a TCP proxy that cuts, halves and delays, and child processes that are killed and stopped. Whatever is broken
//! here was started here; nothing that a machine already runs is ever touched.
