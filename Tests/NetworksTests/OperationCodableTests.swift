import Foundation
import Networks
import Tensors
import Testing

/// Descriptions are stored for as long as their models: what was written once must be read for ever.
struct OperationCodableTests {
  static let texts: [(Networks.Operation, String)] = [
    (
      .convolution(
        Convolution(
          inChannels: 3, outChannels: 8, kernel: Extent(height: 3, width: 5), stride: 2,
          padding: Padding(top: 0, left: 1, bottom: 2, right: 3), groups: 1)),
      #"{"convolution":{"bias":false,"dilation":[1,1],"groups":1,"in_channels":3,"kernel_size":[3,5],"#
        + #""out_channels":8,"padding":[0,1,2,3],"stride":[2,2]}}"#
    ),
    (
      .batchNorm(BatchNorm(channels: 8, epsilon: 0.5, momentum: 0.25)),
      #"{"batch_norm":{"eps":0.5,"momentum":0.25,"num_features":8}}"#
    ),
    (
      .linear(Linear(inFeatures: 4, outFeatures: 2)),
      #"{"linear":{"bias":true,"in_features":4,"out_features":2}}"#
    ),
    (.activation(.relu6), #"{"activation":"relu6"}"#),
    (.add, #"{"add":{}}"#),
    (
      .maxPool(Pooling(kernel: 3, stride: 2, padding: Padding(1))),
      #"{"max_pool":{"kernel_size":[3,3],"padding":[1,1,1,1],"stride":[2,2]}}"#
    ),
    (
      .averagePool(Pooling(kernel: 2, stride: 2)),
      #"{"average_pool":{"kernel_size":[2,2],"padding":[0,0,0,0],"stride":[2,2]}}"#
    ),
    (.globalAveragePool, #"{"global_average_pool":{}}"#),
    (.flatten, #"{"flatten":{}}"#),
    (.dropout(rate: 0.5), #"{"dropout":0.5}"#),
    (
      .linear(
        Linear(inFeatures: 4, outFeatures: 12, bias: false, tensorPrefix: "in_proj_")),
      #"{"linear":{"bias":false,"in_features":4,"out_features":12,"tensor_prefix":"in_proj_"}}"#
    ),
    (.activation(.relu), #"{"activation":"relu"}"#),
    (.activation(.hardSwish), #"{"activation":"hardswish"}"#),
    (.activation(.silu), #"{"activation":"silu"}"#),
    (.activation(.gelu), #"{"activation":"gelu"}"#),
    (.activation(.sigmoid), #"{"activation":"sigmoid"}"#),
    (.activation(.hardSigmoid), #"{"activation":"hardsigmoid"}"#),
    (
      .layerNorm(LayerNorm(features: 8, epsilon: 0.5)),
      #"{"layer_norm":{"eps":0.5,"normalized_shape":8}}"#
    ),
    (.multiply, #"{"multiply":{}}"#),
    (.concatenate, #"{"concatenate":{}}"#),
    (.narrow(Narrow(start: 2, length: 3)), #"{"narrow":{"length":3,"start":2}}"#),
    (.channelShuffle(groups: 2), #"{"channel_shuffle":2}"#),
    (.reshape([4, 9]), #"{"reshape":[4,9]}"#),
    (.transpose([1, 2, 0]), #"{"transpose":[1,2,0]}"#),
    (.matrixProduct, #"{"matrix_product":{}}"#),
    (.softmax, #"{"softmax":{}}"#),
    (.attention(Attention(heads: 3)), #"{"attention":{"num_heads":3}}"#),
    (
      .layerScale(LearnedTensor(name: "layer_scale", shape: [8, 1, 1])),
      #"{"layer_scale":{"name":"layer_scale","shape":[8,1,1]}}"#
    ),
    (
      .classToken(LearnedTensor(name: "", shape: [1, 1, 8])),
      #"{"class_token":{"name":"","shape":[1,1,8]}}"#
    ),
    (
      .positionEmbedding(LearnedTensor(name: "pos_embedding", shape: [1, 5, 8])),
      #"{"position_embedding":{"name":"pos_embedding","shape":[1,5,8]}}"#
    ),
    (.stochasticDepth(rate: 0.25), #"{"stochastic_depth":0.25}"#),
  ]

  @Test(arguments: texts)
  func `a description keeps its text`(operation: Networks.Operation, text: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(operation), as: UTF8.self) == text)
    let read = try JSONDecoder().decode(Networks.Operation.self, from: Data(text.utf8))
    #expect(read == operation)
  }

  @Test(arguments: [
    "{}", #"{"add":{},"flatten":{}}"#, #"{"warp":{}}"#, #"{"linear":{"in_features":4}}"#,
    #"{"activation":"sine"}"#,
    #"{"layer_norm":{}}"#, #"{"narrow":{"start":1}}"#, #"{"reshape":[-1,4]}"#,
    #"{"class_token":{"name":"","shape":[4611686018427387904,4]}}"#, #"{"channel_shuffle":{}}"#,
    #"{"max_pool":{"kernel_size":[3],"padding":[0,0,0,0],"stride":[1,1]}}"#,
  ])
  func `a text that describes nothing is refused`(text: String) {
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(Networks.Operation.self, from: Data(text.utf8))
    }
  }
}
