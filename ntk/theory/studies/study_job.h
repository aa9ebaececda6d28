// The job of a study of the theory (bound_study.h, width_study.h): what it is
// run on, and what it gives beside its record.
#ifndef NTK_THEORY_STUDIES_STUDY_JOB_H_
#define NTK_THEORY_STUDIES_STUDY_JOB_H_

#include <string>

#include "ntk/kernel_file.h"

namespace robbench {

// Paths are read; nothing is written.
struct StudyJob {
  std::string dataset;  // path of a safetensors data set
  std::string spec;     // path of the textproto
  std::string profile;  // numeric profile of the process
  // Where the study's kernels go, by names that its header lists; null: they
  // are not kept.
  KernelFile* kernels = nullptr;
};

}  // namespace robbench

#endif  // NTK_THEORY_STUDIES_STUDY_JOB_H_
