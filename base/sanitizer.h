#ifndef BASE_SANITIZER_H
#define BASE_SANITIZER_H

/* 1 in a build with AddressSanitizer, which has a heap and a tracer of its
 * own: gcc and clang say so in different ways. */
#if defined(__SANITIZE_ADDRESS__)
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
