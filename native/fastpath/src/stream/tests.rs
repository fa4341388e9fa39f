use super::*;

fn segment(seq: u32, data: &[u8]) -> Segment<'_> {
    Segment { ts_ns: 1, seq, needs: None, data, missing: 0 }
}

fn take(stream: &mut Stream, segment: &Segment<'_>) -> Taken {
    stream.take(segment, &Bounds::new(16 * 1024))
}

fn drain(stream: &mut Stream) -> (u64, Vec<u8>) {
    let (mut gap, mut data) = (0, Vec::new());
    while let Some(delivery) = stream.pull(None) {
        gap += delivery.gap;
        data.extend(delivery.data);
    }
    (gap, data)
}

#[test]
fn every_order_of_three_segments_gives_the_same_bytes() {
    let parts = [segment(10, b"abc"), segment(13, b"def"), segment(16, b"ghi")];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut stream = Stream::starting(Start::At(10));
        for index in order {
            take(&mut stream, &parts[index]);
        }
        assert_eq!(drain(&mut stream), (0, b"abcdefghi".to_vec()));
    }
}

#[test]
fn the_sequence_number_wraps() {
    let mut stream = Stream::starting(Start::At(u32::MAX - 1));
    take(&mut stream, &segment(1, b"def"));
    take(&mut stream, &segment(u32::MAX - 1, b"abc"));
    assert_eq!(drain(&mut stream), (0, b"abcdef".to_vec()));
    assert_eq!(stream.next(), Some(4));
}

#[test]
fn bytes_that_came_first_win_an_overlap() {
    let mut stream = Stream::starting(Start::At(0));
    take(&mut stream, &segment(4, b"EFGH"));
    take(&mut stream, &segment(2, b"cdefghij"));
    take(&mut stream, &segment(0, b"abX"));
    assert_eq!(drain(&mut stream), (0, b"abcdEFGHij".to_vec()));
    assert_eq!(stream.buffered_bytes(), 0);
}

#[test]
fn bytes_that_come_one_by_one_in_any_run_are_not_lost() {
    let bytes: Vec<u8> = (0..1440u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let backwards: Vec<u32> = (0..1440).rev().collect();
    let first_last: Vec<u32> = (1..1440).chain([0]).collect();
    for order in [backwards, first_last] {
        let (mut stream, bounds) = (Stream::starting(Start::At(0)), Bounds::new(16 * 1024));
        for at in order {
            stream.take(&segment(at, &bytes[at as usize..=at as usize]), &bounds);
            assert!(!stream.is_full(&bounds), "at {at}");
        }
        assert_eq!(drain(&mut stream), (0, bytes.clone()));
    }
    let (mut scattered, bounds) = (Stream::starting(Start::At(0)), Bounds::new(16 * 1024));
    (1..=64).for_each(|at| assert_eq!(scattered.take(&segment(at * 2, b"x"), &bounds), Taken::Buffered));
    assert!(scattered.is_full(&bounds), "each is a piece of its own");
}

#[test]
fn retransmissions_and_keep_alives_are_old() {
    let mut stream = Stream::starting(Start::At(5));
    take(&mut stream, &segment(5, b"hello"));
    assert_eq!(drain(&mut stream).1, b"hello");
    assert_eq!(take(&mut stream, &segment(5, b"hello")), Taken::Old);
    assert_eq!(take(&mut stream, &segment(9, b"\0")), Taken::Old);
    assert_eq!(take(&mut stream, &segment(8, b"lo world")), Taken::InOrder);
    assert_eq!(drain(&mut stream).1, b" world");
}

#[test]
fn a_hole_given_up_is_a_gap_of_known_size() {
    let mut stream = Stream::starting(Start::At(0));
    take(&mut stream, &segment(100, b"tail"));
    assert_eq!(stream.pull(None), None);
    assert!(stream.skip_hole());
    assert_eq!(drain(&mut stream), (100, b"tail".to_vec()));
    assert!(!stream.skip_hole());
}

#[test]
fn bytes_cut_by_the_snap_length_are_a_gap_before_what_follows() {
    let mut stream = Stream::starting(Start::At(0));
    take(&mut stream, &Segment { missing: 6, ..segment(0, b"abcd") });
    take(&mut stream, &segment(10, b"next"));
    let first = stream.pull(None).expect("the kept bytes");
    assert_eq!((first.gap, first.data.as_slice()), (0, b"abcd".as_slice()));
    let second = stream.pull(None).expect("what follows");
    assert_eq!((second.gap, second.data.as_slice()), (6, b"next".as_slice()));
}

#[test]
fn a_cut_segment_joins_what_was_buffered_behind_it() {
    let mut stream = Stream::starting(Start::At(0));
    take(&mut stream, &segment(10, b"next"));
    take(&mut stream, &Segment { missing: 6, ..segment(0, b"abcd") });
    assert_eq!(drain(&mut stream), (6, b"abcdnext".to_vec()));
}

#[test]
fn an_answer_waits_for_its_question() {
    let mut answers = Stream::starting(Start::At(0));
    take(&mut answers, &Segment { needs: Some(50), ..segment(0, b"yes") });
    assert_eq!(answers.pull(Some(40)), None);
    assert_eq!(answers.pull(Some(50)).map(|delivery| delivery.data), Some(b"yes".to_vec()));
}

#[test]
fn each_piece_keeps_its_time_and_is_no_older_than_what_it_waited_for() {
    let mut stream = Stream::starting(Start::At(0));
    let at = |ts_ns, seq| Segment { ts_ns, ..segment(seq, b"ab") };
    for piece in [at(5, 2), at(9, 4), at(7, 0), at(3, 6)] {
        take(&mut stream, &piece);
    }
    let times: Vec<u64> = std::iter::from_fn(|| stream.pull(None)).map(|delivery| delivery.ts_ns).collect();
    assert_eq!(times, [7, 7, 9, 9]);
    take(&mut stream, &at(1, 8));
    assert_eq!(stream.pull(None).map(|delivery| delivery.ts_ns), Some(1), "a clock may be set back");
}

#[test]
fn one_forged_segment_far_ahead_does_not_blind_the_reader() {
    let mut stream = Stream::starting(Start::At(0));
    assert_eq!(take(&mut stream, &segment(1 << 24, b"forged")), Taken::Far);
    take(&mut stream, &segment(0, b"real"));
    assert_eq!(drain(&mut stream).1, b"real");
    assert_eq!(take(&mut stream, &segment(1 << 25, b"a")), Taken::Far);
    assert_eq!(take(&mut stream, &segment((1 << 25) + 1, b"b")), Taken::Buffered);
    assert!(stream.skip_hole());
    assert_eq!(drain(&mut stream), ((1 << 25) + 1 - 4, b"b".to_vec()));
}

#[test]
fn a_jump_is_believed_as_far_as_the_reorder_buffer_is_large() {
    for (reorder_bytes_max, taken) in [(16 * 1024, Taken::Far), (1 << 20, Taken::Buffered)] {
        let mut stream = Stream::starting(Start::At(0));
        assert_eq!(stream.take(&segment(1 << 24, b"ahead"), &Bounds::new(reorder_bytes_max)), taken);
    }
}

#[test]
fn what_the_peer_acknowledged_without_us_seeing_it_is_a_gap() {
    let mut stream = Stream::starting(Start::At(0));
    stream.skip_to(30);
    assert_eq!((stream.take_gap(), stream.next()), (30, Some(30)));
}
