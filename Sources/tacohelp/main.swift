import ArgumentParser
import Configuration
import Hummingbird
import ServiceLifecycle
print("hi")
