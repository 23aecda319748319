private import Diagnostics

/// What to say about a name that is unknown, given those that exist, the newest first; `nil` when
/// there are none.
func suggestion(for misspelt: String, among names: [String]) -> String? {
  if let nearest = names.nearest(to: misspelt) { return "Did you mean \(nearest)?" }
  guard !names.isEmpty else { return nil }
  let more = names.count > 5 ? " and others" : ""
  return "Known names: \(names.prefix(5).joined(separator: ", "))\(more)."
}

/// Version numbers, at least one, in words: for example `versions 1 to 5`.
func listed(versions: [Int]) -> String {
  guard let first = versions.first, let last = versions.last, first != last else {
    return "version \(versions.first ?? 0) only"
  }
  return last - first + 1 == versions.count
    ? "versions \(first) to \(last)" : "versions from \(first) to \(last), not all of them"
}
