private import COneDNN

/// The team of threads that OpenMP keeps for the compute thread.
enum ThreadTeam {
  /// Runs the body once on each of `count` threads at the same time, numbered from zero, and waits.
  ///
  /// oneDNN's kernels that the body executes use one thread each. The system may give fewer threads
  /// than asked for, so the body must not wait for another's.
  ///
  /// - Precondition: called on the compute thread, with one thread allowed to it when `count` is one.
  static func run(_ count: Int, _ body: (_ thread: Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        GOMP_parallel(
          { context in
            guard let context else { return }
            context.assumingMemoryBound(to: ((Int) -> Void).self).pointee(
              Int(omp_get_thread_num()))
          }, UnsafeMutableRawPointer(mutating: pointer), UInt32(count), 0)
      }
    }
  }

  /// Shares the numbers `0..<count` among threads, neighbours together, and waits.
  ///
  /// - Precondition: called on the compute thread.
  static func forEach(_ count: Int, threads: Int, _ body: (_ number: Int) -> Void) {
    let team = min(threads, count)
    if team <= 1 { return (0..<count).forEach(body) }
    run(team) { thread in
      for number in count * thread / team..<count * (thread + 1) / team { body(number) }
    }
  }
}
