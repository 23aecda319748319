/// Values by small numbers, each once: for what many things share, such as a label.
struct ValueTable<Value: Hashable & Sendable>: Sendable {
  private var values: [Value] = []
  private var numbers: [Value: Int32] = [:]

  /// The number of a value, which gets one if it is new.
  mutating func number(of value: Value) -> Int32 {
    if let number = numbers[value] { return number }
    let number = Int32(values.count)
    values.append(value)
    numbers[value] = number
    return number
  }

  /// The value of a number that was given.
  subscript(number: Int32) -> Value { values[Int(number)] }
}
