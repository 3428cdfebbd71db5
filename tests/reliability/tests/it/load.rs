//! A little load.

use reliability::load::{Size, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_make_one_contract_each_and_none_is_stuck() -> Result<(), countersign::StartError> {
    let size = Size { rounds: 2, keys: 1, contracts: 30 };
    let figures = run(size, |_, _| {}).await?;
    println!("{figures}");
    assert!(figures.violations.is_empty(), "{:#?}", figures.violations);
    assert_eq!((figures.single, figures.equal, figures.signed), (2, 1, 30));
    Ok(())
}
