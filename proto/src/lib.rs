//! The messages and services of the mesh, generated from the .proto files beside this crate, and their descriptors.

/// Every .proto file as an encoded `google.protobuf.FileDescriptorSet`, imports and comments included.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The activity log.
pub mod logger {
    #[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub)]
    pub mod v1 {
        tonic::include_proto!("logger.v1");
    }
}
