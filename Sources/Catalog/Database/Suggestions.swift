private import Diagnostics

/// What to say about a name that is unknown; `nil` when there are no names at all.
///
/// - Parameter names: Those that exist, the newest first.
func suggestion(for misspelt: String, among names: [String]) -> String? {
  if let nearest = names.nearest(to: misspelt) { return "Did you mean \(nearest)?" }
  guard !names.isEmpty else { return nil }
  let more = names.count > 5 ? " and others" : ""
  return "Known names: \(names.prefix(5).joined(separator: ", "))\(more)."
}

/// Version numbers in words, for example `versions 1 to 5`.
///
/// - Parameter versions: In order, at least one.
func listed(versions: [Int]) -> String {
  guard let first = versions.first, let last = versions.last, first != last else {
    return "version \(versions.first ?? 0) only"
  }
  return last - first + 1 == versions.count
    ? "versions \(first) to \(last)" : "versions from \(first) to \(last), not all of them"
}
