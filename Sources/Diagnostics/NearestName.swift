extension Sequence<String> {
  /// The name that was probably meant by a misspelt one: the one that the fewest insertions,
  /// deletions and substitutions turn into it.
  ///
  /// - Returns: `nil` when more than a third of the letters, at least two, would have to change.
  package func nearest(to misspelt: String) -> String? {
    let target = letters(of: misspelt)
    guard let best = distances(to: target).min(by: { $0.distance < $1.distance }),
      best.distance <= Swift.max(2, target.count / 3)
    else { return nil }
    return best.name
  }

  /// The names that look most like a misspelt one, the likeliest first, however little they do.
  ///
  /// - Complexity: O(*n* log *n*) in the number of names, of which each costs what its length does.
  package func nearest(to misspelt: String, count: Int) -> [String] {
    distances(to: letters(of: misspelt)).enumerated()
      // Of equally near ones those that come first.
      .sorted { ($0.element.distance, $0.offset) < ($1.element.distance, $1.offset) }
      .prefix(count).map(\.element.name)
  }

  private func distances(to target: [UInt8]) -> [(name: String, distance: Int)] {
    map { name in (name: name, distance: editDistance(letters(of: name), target)) }
  }

  private func letters(of name: String) -> [UInt8] { Array(name.lowercased().utf8.prefix(256)) }
}

/// The distance of Levenshtein.
///
/// - Complexity: O(*n* · *m*).
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var row = Array(0...right.count)
  for (i, letter) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in right.enumerated() {
      let substituted = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = Swift.min(substituted, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[right.count]
}
