#include "nas/network/device.h"

#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/network/cuda_devices.h"
#include "nas/network/torch_boundary.h"

namespace robbench {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

TEST(DeviceTest, TheProcessorIsPortable) {
  testing::internal::CaptureStderr();
  const absl::StatusOr<NumericDevice> device = EnterDevice("cpu", "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ(device->name, "cpu");
  EXPECT_EQ(device->profile.name, "portable");
  EXPECT_EQ(device->profile.threads, 1);
  EXPECT_FALSE(device->profile.fast_kernels);
}

TEST(DeviceTest, RefusesUnknownNames) {
  for (const std::string name : {"tpu", "", "cuda:", "cuda:x", "cuda:-1"}) {
    const absl::Status status = EnterDevice(name, "").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_EQ(
        Message(status),
        "--device: expected cpu, cuda, cuda:N or auto, found \"" + name + "\"");
  }
}

TEST(DeviceTest, RefusesTheProfileOfAnotherDevice) {
  EXPECT_EQ(Message(EnterDevice("cpu", "cuda").status()),
            "--numeric_profile: expected portable or native with --device=cpu, "
            "found cuda");
  EXPECT_THAT(Message(EnterDevice("cpu", "fast").status()),
              HasSubstr("expected one of cuda, cuda_fast, native, portable"));
}

TEST(DeviceTest, NoDeviceIsAnErrorThatSaysWhatToDo) {
  if (FindCudaDevices().ok()) GTEST_SKIP() << "there is a CUDA device";
  for (const std::string name : {"cuda", "cuda:0", "cuda:7"}) {
    const absl::Status status = EnterDevice(name, "").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(Message(status), StartsWith("--device=" + name + ": "));
    EXPECT_THAT(Message(status), HasSubstr("CUDA"));
    EXPECT_THAT(Message(status), HasSubstr("or use --device=cpu"));
  }
}

TEST(DeviceTest, AutoSaysThatItTakesTheProcessor) {
  if (FindCudaDevices().ok()) GTEST_SKIP() << "there is a CUDA device";
  testing::internal::CaptureStderr();
  const absl::StatusOr<NumericDevice> device = EnterDevice("auto", "");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              StartsWith("device: cpu; "));
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ(device->name, "cpu");
  EXPECT_EQ(device->profile.name, "portable");
}

TEST(DeviceTest, OutOfMemorySaysWhatToDo) {
  const auto advice = HasSubstr(
      "; use a smaller batch (batch_size of the recipe or attack "
      "suite, images of the NTK spec) or another --device");
  const absl::Status device =
      CatchTorchErrors("training", []() -> absl::Status {
        TORCH_CHECK(false,
                    "CUDA out of memory. Tried to allocate 2.00 GiB.\nMore.");
        return absl::OkStatus();
      });
  EXPECT_EQ(device.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Message(device),
              StartsWith("training: LibTorch: CUDA out of memory. Tried to "
                         "allocate 2.00 GiB.;"));
  EXPECT_THAT(Message(device), advice);
  const absl::Status host = CatchTorchErrors(
      "training", []() -> absl::Status { throw std::bad_alloc(); });
  EXPECT_EQ(host.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Message(host), advice);
}

}  // namespace
}  // namespace robbench
