// Makes one record of training-free scores: those of a cell's network at
// initialisation on test images of a data set. This is all of
// //ntk:score_proxies but its flags and output.
#ifndef NTK_PROXIES_SCORE_PROXIES_H_
#define NTK_PROXIES_SCORE_PROXIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ntk/proxies/proxies.pb.h"

namespace robbench {

// What to score. Paths are read; nothing is written.
struct ProxyJob {
  std::string dataset;         // path
  std::string cell;            // index, code or architecture
  uint32_t seed = 0;           // of initial weights, images, attacks' starts
  std::string spec;            // path of a textproto ProxySpec
  std::string device = "cpu";  // of nas/network/device.h, entered
  std::string profile;         // its numeric profile, for the record
};

// What a run gives.
struct ProxyResult {
  ProxyRecord record;
  std::vector<std::string> warnings;  // of the spec: nas/base/unit_warning.h
};

// Runs the job. A score that is infinite or not a number is no error: the
// record holds it and a flag "not_finite_...". InvalidArgument for a spec
// outside its ranges (proxy_spec.h), or for fewer images of a class than a
// balanced batch takes. Messages name file, field, expected and found.
absl::StatusOr<ProxyResult> ScoreProxies(const ProxyJob& job);

}  // namespace robbench

#endif  // NTK_PROXIES_SCORE_PROXIES_H_
