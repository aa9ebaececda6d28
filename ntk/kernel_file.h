// Writes kernels to a file, for those who want more of them than the scores:
// safetensors with one float64 tensor for each kernel (FORMATS.md).
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

// Returns the file's bytes. Matrices are stored row by row.
std::string SerializeKernels(const KernelFile& file);

}  // namespace robbench

#endif  // NTK_KERNEL_FILE_H_
