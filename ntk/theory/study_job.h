// What a study is run on.
#ifndef NTK_THEORY_STUDY_JOB_H_
#define NTK_THEORY_STUDY_JOB_H_

#include <string>

namespace robbench {

struct StudyJob {
  std::string dataset;  // path of a safetensors data set
  std::string spec;     // path of the textproto
  std::string profile;  // numeric profile of the process
};

}  // namespace robbench

#endif  // NTK_THEORY_STUDY_JOB_H_
