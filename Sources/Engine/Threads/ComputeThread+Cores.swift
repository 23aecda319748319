private import COneDNN

extension ComputeThread {
  /// How many cores the process may use at once: those that the scheduler allows it, or fewer where
  /// its control group has a quota, at least one.
  package static let availableCores: Int = {
    // OpenMP counts the processors in the process's affinity mask.
    var cores = max(Int(omp_get_num_procs()), 1)
    // The process's control group and those around it may have quotas.
    for quota in ControlGroup.texts(of: "cpu.max").compactMap(ComputeThread.cores(quota:)) {
      cores = min(cores, quota)
    }
    return cores
  }()

  /// The cores of a line of `cpu.max`, for example 2 for `150000 100000`, rounded up.
  ///
  /// - Returns: `nil` for `max`, which is no limit, and for what cannot be read.
  package static func cores(quota text: String) -> Int? {
    let words = text.split { $0 == " " || $0 == "\n" }
    guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]),
      quota > 0, period > 0
    else { return nil }
    return max((quota - 1) / period + 1, 1)
  }
}
