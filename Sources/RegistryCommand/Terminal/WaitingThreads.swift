internal import ArgumentParser
private import Glibc
internal import RegistryKit

/// A command that may compute with networks, on all cores.
protocol NetworkCommand: ParsableCommand {
  /// Whether it will, with its options.
  var computes: Bool { get }
}

extension NetworkCommand {
  var computes: Bool { true }
}

/// How the threads of OpenMP, on which oneDNN computes, wait for each other.
enum WaitingThreads {
  /// What users set who want it otherwise; GNU's OpenMP reads them as the process starts.
  private static let variables = ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT"]

  /// Lets them sleep instead of spin, which only a new start of the program can: the same process
  /// becomes the same program with the same arguments again.
  ///
  /// A thread that spins takes a core from whoever could use it. Two trainings at once on two cores
  /// spend most of their time waiting for threads that have no core to run on
  /// (docs/decisions/0030-waiting-threads.md has the figures). Where the system refuses, or the user
  /// has decided, everything stays as it is.
  static func sleep() {
    guard variables.allSatisfy({ getenv($0) == nil }), let program = ProgramFile.path else {
      return
    }
    setenv(variables[0], "passive", 1)
    execv(program, CommandLine.unsafeArgv)
    unsetenv(variables[0])
  }
}
