private import Dispatch
private import Glibc
internal import RegistryKit

/// Ctrl-C and `kill`: the first asks the work to stop at its next safe point, the second ends the
/// process.
enum Interruption {
  /// Listens from now on; call before the work starts threads, which inherit the blocked signals.
  static func listen(_ cancellation: Cancellation) {
    var signals = stoppingSignals()
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    DispatchQueue(label: "registry.interruption").async { wait(cancellingWith: cancellation) }
  }

  private static func wait(cancellingWith cancellation: Cancellation) {
    var signals = stoppingSignals()
    while true {
      var received: Int32 = 0
      guard sigwait(&signals, &received) == 0 else { continue }
      if cancellation.isCancelled { _exit(130) }
      cancellation.cancel()
      Terminal.tell("\nstopping… (once more stops at once)\n")
    }
  }

  private static func stoppingSignals() -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    return signals
  }
}
