//! Lets the code know what kind of interpreter it is built for.

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
}
