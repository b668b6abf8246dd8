//! Compiles the .proto files without protoc. The descriptor set keeps comments and imports: reflection serves it and
//! the route table is checked against it.

use std::path::PathBuf;

use prost::Message;

const FILES: [&str; 1] = ["logger/v1/logger.proto"];

fn main() -> anyhow::Result<()> {
    for file in FILES {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::Compiler::new(["."])?
        .include_source_info(true)
        .include_imports(true)
        .open_files(FILES)?
        .file_descriptor_set();
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
