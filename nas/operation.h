// The five operations of an edge and their codes. The values are part of the
// six-digit code of a cell: never renumber.
#ifndef NAS_OPERATION_H_
#define NAS_OPERATION_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace robbench {

enum class Operation : uint8_t {
  kNone = 0,            // zeros
  kSkipConnect = 1,     // identity
  kConvolution1x1 = 2,  // ReLU, 1x1 convolution, BatchNorm
  kConvolution3x3 = 3,  // ReLU, 3x3 convolution (padding 1), BatchNorm
  kAveragePool3x3 = 4,  // stride 1, padding 1, padding not counted
};

inline constexpr int kNumOperations = 5;

// The names in architecture strings, by code.
inline constexpr std::array<absl::string_view, kNumOperations> kOperationNames =
    {"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"};

// The operation's name in architecture strings.
constexpr absl::string_view OperationName(Operation operation) {
  return kOperationNames[static_cast<int>(operation)];
}

// Whether the operation has parameters: only convolutions have.
constexpr bool IsConvolution(Operation operation) {
  return operation == Operation::kConvolution1x1 ||
         operation == Operation::kConvolution3x3;
}

}  // namespace robbench

#endif  // NAS_OPERATION_H_
