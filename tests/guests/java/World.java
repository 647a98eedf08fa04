// What a Java program sees of the world: identity hashes, time, chance, threads and their order, the machine.
import java.io.File;
import java.util.*;
import java.util.concurrent.*;

public class World {
	public static void main(String[] args) throws Exception {
		System.out.println("hash " + new Object().hashCode() + " " + System.identityHashCode(args));
		System.out.println("time " + System.currentTimeMillis() + " " + System.nanoTime());
		System.out.println("random " + new Random().nextLong() + " " + UUID.randomUUID() + " " + Math.random());
		System.out.println("set " + new HashSet<>(Arrays.asList(new Object(), new Object())));
		System.out.println("immutable " + Set.of("a", "b", "c", "d", "e", "f"));
		System.out.println("cpus " + Runtime.getRuntime().availableProcessors() + " memory " + Runtime.getRuntime().maxMemory());
		System.out.println("pid " + ProcessHandle.current().pid());
		System.out.println("files " + Arrays.toString(new File(".").list()));
		StringBuffer order = new StringBuffer();
		ExecutorService pool = Executors.newFixedThreadPool(4);
		for (int i = 0; i < 100; i++) {
			final int n = i;
			pool.submit(() -> order.append(Thread.currentThread().getName().substring(14)).append(':').append(n).append(' '));
		}
		pool.shutdown();
		pool.awaitTermination(60, TimeUnit.SECONDS);
		System.out.println("order " + order);
	}
}
