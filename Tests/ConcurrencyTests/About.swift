// Where code runs, and who may wait: each promise of Concurrency has a test that fails without it.
