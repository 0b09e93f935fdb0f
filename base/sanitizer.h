#ifndef BASE_SANITIZER_H
#define BASE_SANITIZER_H

/* 1 in a build with AddressSanitizer or ThreadSanitizer, which bring a heap
 * and a tracer of their own: gcc and clang say so in different ways. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
