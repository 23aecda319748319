private import FoundationEssentials
internal import Networks
private import SwiftProtobuf
internal import Tensors

/// A graph that is being written: nodes in the order in which they run, and their constants.
struct ONNXGraph {
  /// What turns logits into probabilities.
  enum OutputActivation { case softmax, sigmoid }

  private var nodes: [Onnx_NodeProto] = []
  private var constants: [Onnx_TensorProto] = []
  private var inputs: [Onnx_ValueInfoProto] = []
  private var outputs: [Onnx_ValueInfoProto] = []
  /// Which value a layer's output is; layers that do nothing in evaluation have none of their own.
  private var values: [String: String] = [:]
  private var sharedConstants: [String: String] = [:]

  /// A graph that reads pictures of the shape `[3, H, W]`, or, with preprocessing, RGB bytes
  /// `[N, H, W, 3]`.
  init(input: Shape, preprocessing: Preprocessing?) {
    guard let preprocessing else {
      inputs = [Self.value("input", .float, input.extents)]
      values[Network.inputName] = "input"
      return
    }
    inputs = [Self.value("pixels", .uint8, [input[1], input[2], input[0]])]
    let float = node("Cast", ["pixels"], "pixels_float", [.integer("to", 1)])
    let unit = node("Div", [float, number(255)], "pixels_unit")
    let centred = node("Sub", [unit, constant(preprocessing.mean)], "pixels_centred")
    let scaled = node(
      "Div", [centred, constant(preprocessing.standardDeviation)], "pixels_normalized")
    values[Network.inputName] = node(
      "Transpose", [scaled], "input", [.integers("perm", [0, 3, 1, 2])])
  }

  /// Adds the last nodes and names the output.
  mutating func finish(_ layer: String, labels: Int, activation: OutputActivation?) {
    let logits = value(of: layer)
    let name = activation == nil ? "logits" : "probabilities"
    switch activation {
    case .softmax: _ = node("Softmax", [logits], name, [.integer("axis", -1)])
    case .sigmoid: _ = node("Sigmoid", [logits], name)
    case nil: _ = node("Identity", [logits], name)
    }
    outputs = [Self.value(name, .float, [labels])]
  }

  /// The graph as it stands in the file.
  func message(named name: String) -> Onnx_GraphProto {
    .with {
      $0.name = name
      $0.node = nodes
      $0.initializer = constants
      $0.input = inputs
      $0.output = outputs
    }
  }

  // MARK: Values

  /// The value that a layer's output is.
  func value(of layer: String) -> String { values[layer] ?? layer }

  /// Makes a layer's output the same value as another's.
  mutating func alias(_ layer: String, to value: String) { values[layer] = value }

  private static func value(
    _ name: String, _ type: Onnx_TensorProto.DataType, _ extents: [Int]
  ) -> Onnx_ValueInfoProto {
    .with {
      $0.name = name
      $0.type.tensorType.elemType = Int32(type.rawValue)
      $0.type.tensorType.shape.dim =
        [.with { $0.dimParam = "batch" }]
        + extents.map { extent in .with { $0.dimValue = Int64(extent) } }
    }
  }

  // MARK: Nodes

  /// An attribute of a node.
  enum Attribute {
    case integer(String, Int)
    case integers(String, [Int])
    case float(String, Float)
  }

  /// Appends a node and returns the name of its output.
  @discardableResult
  mutating func node(
    _ operation: String, _ inputs: [String], _ output: String, _ attributes: [Attribute] = []
  ) -> String {
    nodes.append(
      .with {
        $0.opType = operation
        $0.name = output
        $0.input = inputs
        $0.output = [output]
        $0.attribute = attributes.map(Self.message)
      })
    return output
  }

  private static func message(_ attribute: Attribute) -> Onnx_AttributeProto {
    .with {
      switch attribute {
      case .integer(let name, let value):
        $0.name = name
        $0.type = .int
        $0.i = Int64(value)
      case .integers(let name, let values):
        $0.name = name
        $0.type = .ints
        $0.ints = values.map(Int64.init)
      case .float(let name, let value):
        $0.name = name
        $0.type = .float
        $0.f = value
      }
    }
  }

  // MARK: Constants

  /// Adds a tensor of the state dict under its own name, which is returned.
  mutating func parameter(_ name: String, _ stateDict: StateDict) -> String {
    guard let tensor = stateDict[name] else {
      preconditionFailure("\(name) belongs to the network")
    }
    constants.append(
      .with {
        $0.name = name
        $0.dims = tensor.shape.extents.map(Int64.init)
        $0.dataType = Int32(tensor.scalarType.dataType.rawValue)
        $0.rawData = tensor.withUnsafeBytes { Data($0) }
      })
    return name
  }

  /// A list of integers, which the shapes of some operators are.
  mutating func constant(_ values: [Int]) -> String {
    shared("integers_" + values.map { "\($0)" }.joined(separator: "_")) {
      $0.dims = [Int64(values.count)]
      $0.dataType = Int32(Onnx_TensorProto.DataType.int64.rawValue)
      $0.int64Data = values.map(Int64.init)
    }
  }

  /// One integer without an axis.
  mutating func constant(scalar value: Int) -> String {
    shared("integer_\(value)") {
      $0.dataType = Int32(Onnx_TensorProto.DataType.int64.rawValue)
      $0.int64Data = [Int64(value)]
    }
  }

  /// One number without an axis.
  mutating func number(_ value: Float) -> String {
    shared("number_\(value)") {
      $0.dataType = Int32(Onnx_TensorProto.DataType.float.rawValue)
      $0.floatData = [value]
    }
  }

  /// A list of numbers.
  mutating func constant(_ values: [Float]) -> String {
    shared("numbers_" + values.map { "\($0)" }.joined(separator: "_")) {
      $0.dims = [Int64(values.count)]
      $0.dataType = Int32(Onnx_TensorProto.DataType.float.rawValue)
      $0.floatData = values
    }
  }

  private mutating func shared(
    _ name: String, _ fill: (inout Onnx_TensorProto) -> Void
  ) -> String {
    if sharedConstants[name] == nil {
      var tensor = Onnx_TensorProto()
      fill(&tensor)
      // No layer is called like this.
      tensor.name = "constant:" + name
      constants.append(tensor)
      sharedConstants[name] = tensor.name
    }
    return "constant:" + name
  }
}

extension ScalarType {
  /// The type's number in the format.
  var dataType: Onnx_TensorProto.DataType {
    switch self {
    case .float64: .double
    case .float32: .float
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int64: .int64
    case .int32: .int32
    case .int16: .int16
    case .int8: .int8
    case .uint8: .uint8
    case .bool: .bool
    }
  }
}
