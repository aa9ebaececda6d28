// Kernels as a file: safetensors, one float64 tensor a kernel.
#ifndef NTK_KERNEL_FILE_H_
#define NTK_KERNEL_FILE_H_

#include <Eigen/Core>
#include <map>
#include <string>

namespace robbench {

// What a file holds: matrices [n, n] by name, whose row and column i are of the
// i-th image, and text that says where they come from.
struct KernelFile {
  std::map<std::string, Eigen::MatrixXd> kernels;
  std::map<std::string, std::string> metadata;
};

// The file's bytes, each tensor row by row.
std::string SerializeKernels(const KernelFile& file);

}  // namespace robbench

#endif  // NTK_KERNEL_FILE_H_
