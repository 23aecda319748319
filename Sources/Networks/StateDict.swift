package import Tensors

/// Tensors by name, in the order in which they were added: what PyTorch calls a state dict.
package struct StateDict: Sendable {
  /// The names, in order.
  package private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]

  package init() {}

  package init(_ entries: some Sequence<(name: String, tensor: Tensor)>) {
    for entry in entries { self[entry.name] = entry.tensor }
  }

  /// The tensor of that name.
  ///
  /// Setting `nil` removes it.
  ///
  /// - Complexity: O(1); removing is O(*n*).
  package subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      if let newValue {
        if tensors.updateValue(newValue, forKey: name) == nil { names.append(name) }
      } else if tensors.removeValue(forKey: name) != nil {
        names.removeAll { $0 == name }
      }
    }
  }

  /// How many tensors there are.
  package var count: Int { names.count }

  /// Names and tensors, in order.
  package var entries: [(name: String, tensor: Tensor)] {
    names.compactMap { name in tensors[name].map { (name, $0) } }
  }
}
