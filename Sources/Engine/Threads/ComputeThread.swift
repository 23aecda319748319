private import COneDNN
private import Dispatch
private import Glibc
private import Synchronization

/// The one thread on which everything that a process computes with oneDNN runs.
///
/// OpenMP keeps a pool of threads for each thread that calls it. Calls from several threads would
/// leave several pools fighting for the same cores, so every call is handed over to this one.
package final class ComputeThread: Sendable {
  /// The thread, started by its first use.
  package static let shared = ComputeThread()

  private let inbox: Inbox
  private let thread: pthread_t

  private init() {
    let inbox = Inbox()
    self.inbox = inbox
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Inbox>.fromOpaque(context).takeRetainedValue().work()
      }, Unmanaged.passRetained(inbox).toOpaque())
    precondition(status == 0, "the system gives no thread: \(status)")
    self.thread = thread
  }

  /// Runs the body on the thread, waits for it, and gives back what it returns or throws.
  ///
  /// Callers from several threads take turns. The body may call this again: it then runs at once.
  ///
  /// - Parameters:
  ///   - threads: How many threads OpenMP may use in the body, itself included; by default
  ///     ``availableCores``.
  ///   - body: The work.
  /// - Returns: What the body returns.
  /// - Throws: What the body throws, and nothing else.
  package func run<Success, Failure: Error>(
    threads: Int? = nil, _ body: () throws(Failure) -> Success
  ) throws(Failure) -> Success {
    let count = Int32(clamping: max(threads ?? Self.availableCores, 1))
    if pthread_equal(pthread_self(), thread) != 0 {
      let previous = omp_get_max_threads()
      omp_set_num_threads(count)
      defer { omp_set_num_threads(previous) }
      return try body()
    }
    var outcome: Result<Success, Failure>?
    withoutActuallyEscaping(body) { body in
      let job = Job {
        omp_set_num_threads(count)
        outcome = Result { () throws(Failure) in try body() }
      }
      inbox.deliver(job)
      job.waitUntilDone()
    }
    guard let outcome else { preconditionFailure("a job that is done has an outcome") }
    return try outcome.get()
  }
}

/// A piece of work and the signal that it is done.
///
/// Safe to send although the work may capture anything: whoever made it waits for `done` before
/// going on, so that the two threads never run at the same time.
private final class Job: @unchecked Sendable {
  private var work: (() -> Void)?
  private let done = DispatchSemaphore(value: 0)

  init(_ work: @escaping () -> Void) { self.work = work }

  /// Does the work and forgets it before it says so: what the caller lent is the caller's again.
  func perform() {
    work?()
    work = nil
    done.signal()
  }

  func waitUntilDone() { done.wait() }
}

/// The jobs that wait for the thread, oldest first.
private final class Inbox: Sendable {
  private let jobs = Mutex<[Job]>([])
  private let deliveries = DispatchSemaphore(value: 0)

  func deliver(_ job: Job) {
    jobs.withLock { $0.append(job) }
    deliveries.signal()
  }

  /// What the thread does for as long as the process lives.
  func work() -> Never {
    while true {
      deliveries.wait()
      // One signal for each job: there is one.
      let job = jobs.withLock { $0.removeFirst() }
      job.perform()
    }
  }
}
