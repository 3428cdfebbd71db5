//! Signs small agreements with the sandbox's own keys, tampers with them in every way we know, and looks at the verdict.

mod accepted;
mod paper;
mod refused;
mod rewritten;
