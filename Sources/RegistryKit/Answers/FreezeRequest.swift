/// Which layers of a child stay as the base's, running statistics included.
public enum FreezeRequest: Sendable, Hashable {
  /// All layers but those of the head.
  case backbone
  /// No layer.
  case none
  /// The layers from the first to the one named, that one included.
  case upTo(layer: String)
  /// The layers whose names match one of the patterns, in which `*` stands for any letters.
  case globs([String])
}
