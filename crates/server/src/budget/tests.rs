//! Shares of a small pool, with a clock that jumps.

use super::*;

/// 96 KiB for all, 32 KiB for holders of little, and a reserve of 64 KiB.
fn pool() -> Pool {
    Pool::new(128 * KIB, 64 * KIB)
}

const KIB: usize = 1024;

#[tokio::test]
async fn what_is_taken_comes_back_when_it_is_dropped() {
    let pool = pool();
    let mut share = pool.share();
    assert!(share.try_grow(20 * KIB) && share.try_grow(90 * KIB));
    assert_eq!((share.bytes(), pool.taken()), (90 * KIB, 90 * KIB));
    share.shrink(50 * KIB);
    assert_eq!((share.bytes(), pool.taken()), (50 * KIB, 50 * KIB));
    share.shrink(10 * KIB);
    assert_eq!((share.bytes(), pool.taken()), (10 * KIB, 10 * KIB));
    drop(share);
    assert_eq!(pool.taken(), 0);
}

#[tokio::test(start_paused = true)]
async fn holders_of_little_are_served_while_holders_of_much_wait() {
    let pool = pool();
    let (mut first, mut second, mut small) = (pool.share(), pool.share(), pool.share());
    assert!(first.try_grow(90 * KIB));
    assert!(!second.try_grow(40 * KIB));
    let waiting = tokio::spawn(second.wait(40 * KIB));
    tokio::task::yield_now().await;
    assert!(small.grow(8 * KIB).await, "who wants little does not queue behind who wants much");
    assert_eq!(waiting.await.unwrap().unwrap().num_permits(), 64 * KIB, "the reserve");
    let next = tokio::spawn(second.wait(40 * KIB));
    drop(first);
    assert_eq!(next.await.unwrap().unwrap().num_permits(), 40 * KIB);
}

#[tokio::test(start_paused = true)]
async fn one_of_those_who_wait_for_each_other_can_always_finish() {
    let pool = pool();
    let mut holders: Vec<Share> = (0..2).map(|_| pool.share()).collect();
    assert!(holders.iter_mut().all(|share| share.try_grow(48 * KIB)), "all that there is");
    let mut finished = tokio::task::JoinSet::new();
    for mut share in holders {
        finished.spawn(async move { share.grow(90 * KIB).await });
    }
    while let Some(came) = finished.join_next().await {
        assert!(came.unwrap());
    }
    assert_eq!(pool.taken(), 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let pool = pool();
    let mut all = [pool.share(), pool.share(), pool.share()];
    assert!(all[0].try_grow(90 * KIB) && all[1].try_grow(30 * KIB));
    assert!(all[2].grow(90 * KIB).await, "from the reserve");
    let begun = tokio::time::Instant::now();
    assert!(!all[1].grow(60 * KIB).await);
    assert_eq!(begun.elapsed(), PATIENCE);
    assert_eq!(pool.taken(), (90 + 30 + 64) * KIB, "who waited in vain has what it had");
}

#[tokio::test]
async fn more_than_there_is_counts_as_all_there_is() {
    let pool = pool();
    let mut share = pool.share();
    assert!(share.try_grow(usize::MAX));
    assert_eq!(share.bytes(), 96 * KIB);
}

#[tokio::test]
async fn bytes_hold_their_share_until_the_last_of_them_is_gone() {
    let pool = pool();
    let mut share = pool.share();
    assert!(share.try_grow(40 * KIB));
    let bytes = held(vec![0; 40 * KIB], Arc::new(share));
    let end = bytes.slice(KIB..);
    drop(bytes);
    assert_eq!(pool.taken(), 40 * KIB);
    drop(end);
    assert_eq!(pool.taken(), 0);
}
