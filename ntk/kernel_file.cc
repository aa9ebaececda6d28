#include "ntk/kernel_file.h"

#include <Eigen/Core>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "nas/base/safetensors.h"

namespace robbench {

std::string SerializeKernels(const KernelFile& file) {
  using RowMajor =
      Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  std::map<std::string, RowMajor> rows;
  std::map<std::string, TensorEntry> tensors;
  for (const auto& [name, kernel] : file.kernels) {
    const RowMajor& row_major = rows[name] = kernel;
    tensors[name] = {
        DType::kF64,
        {kernel.rows(), kernel.cols()},
        absl::string_view(reinterpret_cast<const char*>(row_major.data()),
                          row_major.size() * sizeof(double))};
  }
  return WriteSafetensors(tensors, file.metadata);
}

}  // namespace robbench
